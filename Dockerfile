# The app for a server: docs/server.md. Built in two steps, so that neither npm nor compilers are in what runs.

FROM node:22-slim AS map
WORKDIR /map
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.12-slim-bookworm
# GDAL of the rasterio wheel takes expat from the system.
RUN apt-get update && apt-get install -y --no-install-recommends libexpat1 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
# PyTorch without CUDA; Streamlit with what st.login needs.
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt \
    && pip install --no-cache-dir "streamlit[auth]==1.67.0"
COPY app.py ./
COPY .streamlit/config.toml .streamlit/
COPY pages pages
COPY lulc_core lulc_core
COPY --from=map /map/node_modules node_modules
RUN python -m compileall -q app.py pages lulc_core \
    && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin lulc \
    && install -d -o lulc -g lulc /cache

USER 10001
# Two arenas: more let freed memory pile up. The root may be read-only: only /cache and /tmp are written.
ENV MALLOC_ARENA_MAX=2 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib LULC_CACHE_DIR=/cache
VOLUME /cache
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", \
     "--server.headless=true"]
