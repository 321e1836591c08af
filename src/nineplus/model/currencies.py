"""Currencies as ISO 4217 has them: which there are, and how many decimals each has.

Amounts are kept in the currency's smallest unit; whoever reads, writes or shows one asks here how large that is.
"""

from __future__ import annotations

from typing import Final

_OTHERS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS: Final = {code: places for places, codes in _OTHERS.items() for code in codes.split()}
_TWO: Final = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN
    NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC
    SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
KNOWN: Final = frozenset((*_DECIMALS, *_TWO.split()))
"""Codes that are in use. Data of years ago may have others (DEM, HRK): they count as having two decimals."""


def exponent(currency: str) -> int:
    """How many decimals the currency has: a minor unit is that power of a tenth."""
    return _DECIMALS.get(currency, 2)
