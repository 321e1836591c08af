// The first visit: the company's time zone and currency as this browser has them, for people to look at.

const COUNTRIES: Record<string, string> = {
  EUR: "AD AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MC ME MT NL PT SI SK SM VA XK",
  USD: "US EC PR SV",
  GBP: "GB GG IM JE",
  AED: "AE", ARS: "AR", AUD: "AU", BRL: "BR", CAD: "CA", CHF: "CH LI", CLP: "CL", CNY: "CN", COP: "CO", CZK: "CZ",
  DKK: "DK FO GL", EGP: "EG", HKD: "HK", HUF: "HU", IDR: "ID", ILS: "IL", INR: "IN", ISK: "IS", JPY: "JP", KES: "KE",
  KRW: "KR", MAD: "MA", MXN: "MX", MYR: "MY", NGN: "NG", NOK: "NO", NZD: "NZ", PEN: "PE", PHP: "PH", PKR: "PK",
  PLN: "PL", QAR: "QA", RON: "RO", RSD: "RS", SAR: "SA", SEK: "SE", SGD: "SG", THB: "TH", TRY: "TR", TWD: "TW",
  UAH: "UA", VND: "VN", ZAR: "ZA",
};

/** The currency of the first language that names a country, or "" when none does (en-GB does, en does not). */
export function currencyOf(languages: readonly string[]): string {
  for (const language of languages) {
    const region = language.split("-").find((part, place) => place > 0 && /^[A-Z]{2}$/i.test(part))?.toUpperCase();
    const found = region && Object.entries(COUNTRIES).find(([, countries]) => countries.split(" ").includes(region));
    if (found) return found[0];
  }
  return "";
}

export function whereabouts(): void {
  const form = document.querySelector<HTMLFormElement>("[data-whereabouts]");
  const zone = form?.querySelector<HTMLSelectElement>("[data-zone]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && [...zone.options].some((option) => option.value === here)) zone.value = here;
  const money = form?.querySelector<HTMLInputElement>("[data-currency]");
  if (money) money.value = currencyOf(navigator.languages) || money.value;
}
