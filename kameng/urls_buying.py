"""Addresses of buying under /kameng/: goods, orders, lists of numbers."""

from __future__ import annotations

from django.urls import path

from kameng.views import buying, catalogue, codes, jobs, orders, plans

buying_patterns = [
    path("products/", catalogue.catalogue, name="catalogue"),
    path("products/<slug:code>/", buying.product, name="product"),
    path("products/<slug:code>/quote/", buying.quote, name="quote"),
    path("products/<slug:code>/review/", buying.review, name="review"),
    path("products/<slug:code>/buy/", buying.buy, name="buy"),
    path("products/<slug:code>/favourite/", catalogue.favourite, name="favourite"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:order_no>/", orders.order, name="order"),
    path("orders/<slug:order_no>/again/", buying.again, name="again"),
    path("orders/<slug:order_no>/progress/", orders.progress, name="order_progress"),
    path("orders/<slug:order_no>/codes/", orders.codes, name="order_codes"),
    path("codes/", codes.codes, name="codes"),
    path("codes/change/", codes.change_codes, name="change_codes"),
    path("batches/", jobs.jobs, name="jobs"),
    path("batches/new/", jobs.new_job, name="new_job"),
    path("batches/<slug:batch_no>/", jobs.job, name="job"),
    path("batches/<slug:batch_no>/progress/", jobs.job_progress, name="job_progress"),
    path("batches/<slug:batch_no>/change/", jobs.change_job, name="change_job"),
    path("batches/<slug:batch_no>/again/", jobs.again_job, name="again_job"),
    path("schedules/", plans.plans, name="plans"),
    path("schedules/new/<slug:code>/", plans.new_plan, name="new_plan"),
    path("schedules/<int:pk>/", plans.plan, name="plan"),
    path("schedules/<int:pk>/change/", plans.change_plan, name="change_plan"),
]
