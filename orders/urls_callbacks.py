from __future__ import annotations

from django.urls import path

from orders.views import supplier_callback

app_name = "orders"
urlpatterns = [path("<slug:supplier_code>/", supplier_callback, name="supplier_callback")]
