from __future__ import annotations

import os

import pytest
import redis
from django.db import connection


@pytest.mark.django_db
def test_the_session_has_a_database_and_a_broker_of_its_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int >= 180000")
        assert cursor.fetchone() == (True,)
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        assert broker.ping()
