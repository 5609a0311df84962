"""Pictures and files out of numbers. Knows no Streamlit."""
