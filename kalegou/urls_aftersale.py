"""Addresses of what comes after the sale: claims, customer service."""

from __future__ import annotations

from django.urls import path

from kalegou.views import claims, tickets

urlpatterns = [
    path("orders/<slug:order_no>/claim/", claims.new_claim, name="order_claim"),
    path("orders/<slug:order_no>/help/", tickets.order_help, name="order_help"),
    path("claims/<slug:claim_no>/", claims.claim, name="claim"),
    path("claims/<slug:claim_no>/withdraw/", claims.withdraw, name="claim_withdraw"),
    path("service/", tickets.tickets, name="tickets"),
    path("service/new/", tickets.new_ticket, name="ticket_new"),
    path("service/pictures/<int:pk>/", tickets.picture, name="ticket_picture"),
    path("service/<slug:ticket_no>/", tickets.ticket, name="ticket"),
    path("service/<slug:ticket_no>/close/", tickets.close, name="ticket_close"),
    path("service/<slug:ticket_no>/rate/", tickets.rate, name="ticket_rate"),
]
