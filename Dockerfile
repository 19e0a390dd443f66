# The page in a container. Build: docker build -t askpapers .   How to run it stands in README.md.
FROM python:3.11.13-slim-bookworm AS build
COPY pyproject.toml README.md LICENSE /source/
COPY app /source/app
COPY ingest /source/ingest
COPY prompts /source/prompts
RUN python -m venv /opt/askpapers \
    && /opt/askpapers/bin/pip install --no-cache-dir "/source[mcp]"
# The embedding model, so that the container needs no network: fetched here, checked by its SHA-256 when it is opened.
ENV ASKPAPERS_MODEL_CACHE=/opt/models
RUN ASKPAPERS_DATA_DIR=/tmp/library /opt/askpapers/bin/askpapers search "prompt tuning" -k 1

FROM python:3.11.13-slim-bookworm
RUN groupadd --system --gid 10001 askpapers \
    && useradd --system --uid 10001 --gid 10001 --create-home --home-dir /home/askpapers askpapers \
    && install -d -o 10001 -g askpapers -m 0700 /data
COPY --from=build /opt/askpapers /opt/askpapers
COPY --from=build --chown=askpapers:askpapers /opt/models /opt/models
ENV PATH=/opt/askpapers/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ASKPAPERS_DATA_DIR=/data \
    ASKPAPERS_MODEL_CACHE=/opt/models \
    ASKPAPERS_HOST=0.0.0.0 \
    ASKPAPERS_PORT=7860
USER 10001:10001
WORKDIR /home/askpapers
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
# Without people to sign in (askpapers user add) or --allow-anonymous this refuses to start, and says so.
CMD ["askpapers", "serve"]
