"""The only room of lulc_core that imports streamlit and folium."""
