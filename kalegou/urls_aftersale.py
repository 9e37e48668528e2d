"""Addresses of what comes after the sale: claims, customer service."""

from __future__ import annotations

from django.urls import path

from kalegou.views import claims, tickets, vault

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
    path("orders/<slug:order_no>/codes/send/", vault.send, name="order_codes_send"),
    path("account/codes/", vault.vault, name="vault"),
    path("account/codes/unlock/", vault.unlock, name="vault_unlock"),
    path("account/codes/lock/", vault.lock, name="vault_lock"),
    path("account/codes/<slug:order_no>/", vault.show, name="vault_show"),
]
