# One image for both roles: SERVICE_ROLE (todos or files) decides at the start, and settings.py names whatever is missing.
#
# The tag floats, so that each build takes up the fixes of Debian and Python. A build that must be repeatable passes a
# digest instead: --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:… – the digest of the index, not that of one
# platform's image, so that the same line builds for amd64 and arm64. Nothing below depends on the platform.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# Two environments: pip lives in its own, so that it need not be taken out of the one that is shipped.
RUN python -m venv /pip && python -m venv --without-pip /venv
COPY requirements.txt /
# Where packages come from is the builder's business: both secrets are optional, are mounted for this one command and
# leave no trace in any layer. `pip.conf` is a pip configuration (index, proxy); if it names a CA bundle of its own, that
# is the secret `ca-bundle`, at /run/secrets/ca-bundle. Wheels only: no compiler here, and no setup.py gets to run.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca-bundle \
    /pip/bin/pip --python /venv/bin/python install --no-compile --only-binary :all: --require-hashes --no-deps \
        -r /requirements.txt
# More than a third of the environment is never read. botocore brings descriptions of over 400 services and finds one
# by the name of its folder, so those of services that are not called can go: ours stay, and sts, which the credential
# providers call. `make image-test` fails when the code names another one. Translations in source form (gettext reads
# only .mo) and source maps of scripts go as well.
#
# Compiled here, since nothing can be written later. Unchecked: a builder that rewrites timestamps (SOURCE_DATE_EPOCH)
# would otherwise make every compiled file stale, and every start slow. All of this comes before the code is copied, so
# that a release which changes only code shares this layer with the one before.
RUN find /venv/lib/python3.*/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name cognito-idp ! -name dynamodb ! -name s3 ! -name sts -exec rm -r {} + \
    && find /venv/lib -type f \( -name '*.po' -o -path '*/static/*.map' \) -delete \
    && python -m compileall -q --invalidation-mode unchecked-hash /venv/lib
WORKDIR /app
COPY manage.py ./
COPY deploy/*.py deploy/
COPY todoproject todoproject/
COPY todos todos/
COPY files files/
# Modes come from the checkout's umask, so set them.
RUN python -m compileall -q --invalidation-mode unchecked-hash /app \
    && chmod -R u=rwX,go=rX /app

FROM ${PYTHON_IMAGE}
# The base has pip and setuptools, with copies in ensurepip, where the official image or Debian keep them. Nothing here
# installs anything, and what cannot be run cannot be misused; for the same reason no program keeps its setuid bit.
RUN find / -xdev \( -name '*.whl' -o -name ensurepip -o -name 'pip*' -path '*/bin/*' \
        -o -path '*-packages/pip*' -o -path '*-packages/setuptools*' -o -path '*-packages/wheel*' \
        -o -path '*-packages/pkg_resources' -o -path '*-packages/_distutils_hack' \
        -o -path '*-packages/distutils-precedence.pth' \) -prune -exec rm -r {} + \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY --from=builder /venv /venv
COPY --from=builder /app /app
WORKDIR /app
# The root file system is read-only. /dev/shm is there in every container, so temporary files need no mount of their own.
# glibc would give each of up to 16 threads a heap of its own, each as large as the largest request that its thread ever
# had: 93 MiB and growing after 10,000 searches, where one for all is 67 MiB from the first 800 on. Python's lock lets
# hardly two threads ask for memory at once.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/nonexistent \
    TMPDIR=/dev/shm \
    MALLOC_ARENA_MAX=1
# By number, so that an orchestrator can see that it is not root; it owns nothing.
USER 10001:10001
# The default of PORT, which settings.py reads.
EXPOSE 8000
STOPSIGNAL SIGTERM
# CMD and no ENTRYPOINT: a one-off task overrides the command, e.g. ["python", "manage.py", "purge_trash"]. Such a task
# needs `initProcessEnabled` to be stopped in time: as process 1, Python without a handler ignores SIGTERM.
#
# No HEALTHCHECK: ECS ignores it and takes the task definition's, for which the image has Python but no curl:
#   ["CMD", "python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.getenv('PORT', '8000') + '/healthz', timeout=2)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "todoproject.wsgi"]
# Last, because they differ with each commit and everything above can then come from the cache.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="todo-service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
