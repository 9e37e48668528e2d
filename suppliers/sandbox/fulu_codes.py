"""The codes that this sandbox answers as Fulu; their meanings aren't public (unconfirmed)."""

from __future__ import annotations

MESSAGES = {
    0: "接口调用成功",
    1001: "签名错误",
    1002: "时间戳超出允许范围",
    1003: "请求参数错误",
    1004: "接口不存在",
    3001: "商品不存在",
    3002: "商品已下架",
    3003: "库存不足",
    3004: "余额不足",
    3005: "充值账号有误",
    3008: "系统维护中",
    3010: "订单号重复",
    4001: "订单不存在",
}
