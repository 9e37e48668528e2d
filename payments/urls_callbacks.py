from __future__ import annotations

from django.urls import path

from payments.views import callback

app_name = "payments"
urlpatterns = [path("<slug:gateway>/", callback, name="callback")]
