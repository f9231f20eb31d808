# The project with Dagster: one image, run twice by compose.yaml, as the webserver and as the daemon.
FROM python:3.11-slim-bookworm

# PyPI's torch for Linux brings CUDA along (6 GB). Where there is no GPU give PyTorch's CPU index for pip here:
# constraints.txt pins the version, so the same one is taken, small.
ARG PIP_EXTRA_INDEX_URL=

RUN useradd --create-home --uid 10001 wekadocs \
    && install -d -o wekadocs -g wekadocs /srv/wekadocs /var/lib/wekadocs

WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE dagster.yaml ./
COPY wekadocs_assets ./wekadocs_assets
RUN --mount=type=cache,target=/root/.cache/pip python -m pip install --disable-pip-version-check -c constraints.txt .

WORKDIR /srv/wekadocs
COPY dagster.yaml workspace.yaml ./
USER wekadocs
ENV PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/srv/wekadocs \
    WEKADOCS_HOME=/var/lib/wekadocs \
    REPORTS_DIR=/var/lib/wekadocs/reports \
    HF_HOME=/var/lib/wekadocs/models
VOLUME /var/lib/wekadocs
EXPOSE 3000
CMD ["dagster-webserver", "-h", "0.0.0.0", "-p", "3000", "-w", "workspace.yaml"]
