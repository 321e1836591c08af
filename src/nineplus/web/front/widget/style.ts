// The card's look. In a shadow tree: the page's style does not reach it, and its own reaches nothing else.
import type { Colours, Config } from "./config";

export function style(config: Config, side: "left" | "right"): string {
  return `${RULES}
.card{${side}:16px}
.card{${properties(config.colours.light)}}
@media(prefers-color-scheme:dark){.card{${properties(config.colours.dark)}}}
@media(max-width:480px){.card{left:8px;right:8px;bottom:8px;width:auto}.row{grid-template-columns:repeat(6,1fr)}}`;
}

function properties(colours: Colours): string {
  const safe = (colour: string): string => (/^#[0-9a-f]{6}$/i.test(colour) ? colour : "#4f46e5");
  return `--brand:${safe(colours.brand)};--ink-on:${safe(colours.ink)};--edge:${safe(colours.edge)}`;
}

const RULES = `
:host{all:initial}
*{box-sizing:border-box}
.card{--bg:#fff;--ink:#17181a;--soft:#5d6068;--rule:#d6d6d2;position:fixed;bottom:16px;z-index:2147483000;width:min(440px,calc(100vw - 32px));max-height:calc(100vh - 32px);overflow:auto;padding:20px;border:1px solid var(--rule);border-radius:14px;background:var(--bg);color:var(--ink);font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;box-shadow:0 8px 32px rgb(0 0 0/16%)}
.top{display:flex;justify-content:space-between;gap:12px;align-items:flex-start}
h2{font-size:17px;line-height:1.35;font-weight:620;margin:0 0 14px;text-wrap:balance;overflow-wrap:anywhere}
.logo{max-height:28px;max-width:140px;margin-bottom:10px;display:block}
.row{display:grid;grid-template-columns:repeat(11,1fr);gap:4px}
button{font:inherit;color:inherit;background:none;border:1.5px solid var(--edge);border-radius:9px;min-height:44px;padding:0;cursor:pointer;font-variant-numeric:tabular-nums;font-weight:600}
button:hover{border-color:var(--ink)}
button[aria-pressed=true],.send{background:var(--brand);border-color:var(--brand);color:var(--ink-on)}
.close{border:0;min-width:44px;margin:-12px -12px 0 0;font-size:20px;color:var(--soft);font-weight:400}
:focus-visible{outline:3px solid var(--edge);outline-offset:2px}
.ends{display:flex;justify-content:space-between;gap:16px;font-size:13px;color:var(--soft);margin:8px 2px 0}
label,legend{display:block;font-weight:600;margin:16px 0 6px;padding:0}
fieldset{border:0;margin:0;padding:0;min-width:0}
.check{display:flex;gap:10px;align-items:center;font-weight:400;margin:0;min-height:44px}
.check input{width:20px;height:20px;flex:none;accent-color:var(--brand)}
textarea,input[type=text]{width:100%;font:inherit;color:inherit;background:none;border:1.5px solid var(--edge);border-radius:9px;padding:10px;min-height:44px}
textarea{min-height:76px;resize:vertical}
.send{padding:0 20px;margin-top:16px}
.soft{color:var(--soft);font-size:14px;margin:10px 0 0}
.wrong{color:#b3263a;font-size:14px;margin:6px 0 0}
[hidden]{display:none!important}
@media(prefers-color-scheme:dark){.card{--bg:#1b1c1f;--ink:#ededeb;--soft:#a8abb3;--rule:#33353a}.wrong{color:#ff8a97}}
@media(prefers-reduced-motion:no-preference){.card{animation:up .16s ease-out}@keyframes up{from{opacity:0;transform:translateY(8px)}}}
@media print{.card{display:none}}`;
