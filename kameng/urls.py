"""Addresses under /kameng/."""

from __future__ import annotations

from django.urls import path

from kameng.urls_buying import buying_patterns
from kameng.urls_joining import joining_patterns
from kameng.views import (
    bank_deposits,
    commissions,
    home,
    money,
    network,
    notices,
    payout_accounts,
    prices,
    sales,
    statement,
    transfers,
    withdrawals,
)
from kameng.views.developer import keys, webhooks
from kameng.views.developer.secrets import fresh_secret
from kameng.views.developer.signing import signing

app_name = "kameng"
urlpatterns = [
    path("", home.home, name="home"),
    path("more/", home.more, name="more"),
    *buying_patterns,
    *joining_patterns,
    path("prices/", prices.price_list, name="prices"),
    path("prices/markups/", prices.markups, name="markups"),
    path("prices/markups/<int:pk>/remove/", prices.take_markup_away, name="remove_markup"),
    path("prices/<slug:code>/history/", prices.price_history, name="price_history"),
    path("funds/", statement.funds, name="funds"),
    path("funds/threshold/", statement.threshold, name="funds_threshold"),
    path("funds/<int:year>/<int:number>/", statement.month, name="month"),
    path("funds/deposit/", money.deposit, name="deposit"),
    path("funds/deposit/result/", money.deposit_result, name="deposit_result"),
    path("funds/bank/", bank_deposits.bank_deposits, name="bank_deposits"),
    path("funds/bank/proofs/<int:pk>/", bank_deposits.proof, name="deposit_proof"),
    path("funds/bank/<slug:deposit_no>/", bank_deposits.bank_deposit, name="bank_deposit"),
    path(
        "funds/bank/<slug:deposit_no>/cancel/",
        bank_deposits.cancel,
        name="cancel_bank_deposit",
    ),
    path("funds/withdraw/", withdrawals.withdraw, name="withdraw"),
    path("funds/withdrawals/", withdrawals.withdrawals, name="withdrawals"),
    path("funds/withdrawals/<slug:withdrawal_no>/", withdrawals.withdrawal, name="withdrawal"),
    path(
        "funds/withdrawals/<slug:withdrawal_no>/cancel/",
        withdrawals.cancel,
        name="cancel_withdrawal",
    ),
    path("funds/accounts/", payout_accounts.payout_accounts, name="payout_accounts"),
    path("funds/accounts/<int:pk>/remove/", payout_accounts.remove, name="remove_payout_account"),
    path("funds/accounts/papers/<int:pk>/", payout_accounts.paper, name="account_paper"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read_all, name="read_notices"),
    path("notices/choices/", notices.choices, name="notice_choices"),
    path("notices/address/", notices.address, name="notice_address"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("commissions/", commissions.commissions, name="commissions"),
    path("commissions/months/", commissions.months, name="commission_months"),
    path("commissions/settlements/", commissions.settlements, name="settlements"),
    path("downline/", network.downline, name="downline"),
    path("downline/list/", network.downline_list, name="downline_list"),
    path("downline/<int:pk>/", network.downline_agent, name="downline_agent"),
    path("downline/<int:pk>/branch/", network.downline_branch, name="downline_branch"),
    path("downline/<int:pk>/transfer/", transfers.transfer, name="transfer"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/<slug:transfer_no>/", transfers.transfer_detail, name="transfer_detail"),
    path("sales/", sales.sales, name="sales"),
    path("ranking/", sales.ranking, name="ranking"),
    path("developer/", keys.keys, name="api_keys"),
    path("developer/keys/", keys.create_key, name="create_key"),
    path("developer/keys/<int:pk>/rotate/", keys.rotate_key, name="rotate_key"),
    path("developer/keys/<int:pk>/revoke/", keys.revoke_key, name="revoke_key"),
    path("developer/secret/", fresh_secret, name="fresh_secret"),
    path("developer/webhooks/", webhooks.webhooks, name="webhooks"),
    path("developer/webhooks/threshold/", webhooks.threshold, name="threshold"),
    path("developer/webhooks/<int:pk>/", webhooks.endpoint, name="webhook"),
    path(
        "developer/webhooks/<int:pk>/<slug:action>/",
        webhooks.endpoint_action,
        name="webhook_action",
    ),
    path("developer/log/", webhooks.log, name="delivery_log"),
    path("developer/log/<slug:kind>/<int:pk>/", webhooks.delivery, name="delivery"),
    path("developer/log/<slug:kind>/<int:pk>/resend/", webhooks.send_again, name="resend"),
    path("developer/signing/", signing, name="signing"),
    path("developer/examples/", keys.examples, name="examples"),
    path("developer/vectors.json", keys.vectors, name="vectors"),
    path("developer/sandbox/", keys.sandbox, name="sandbox"),
    path("developer/sandbox/refill/", keys.refill, name="refill"),
]
