/* Formwire: tells where a form's visitor came from, and makes double clicks one submission.
   Put it on every page of the site. With data-storage="off" it keeps nothing and reads no cookie. */
(() => {
  "use strict";

  const KEEP_MS = 180 * 24 * 3600 * 1000;
  const SESSION_MS = 30 * 60 * 1000;
  const STORE = "formwire";
  const CAMPAIGN = [
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id", "utm_referrer",
    "gclid", "gbraid", "wbraid", "yclid", "fbclid", "_openstat",
  ];
  // Analytics cookies, and the part of each that names the visitor.
  const COOKIES = {
    _ga: /\d+\.\d+$/,
    _ym_uid: /^\d+$/,
    roistat_visit: /^\d+$/,
    _fbp: /^fb\..+$/,
    _fbc: /^fb\..+$/,
  };

  /** Nothing that goes wrong in here may reach the host page. */
  const guarded = (action) => (...given) => {
    try {
      return action(...given);
    } catch (error) {
      return undefined;
    }
  };

  const script = document.currentScript;
  if (!script) return;
  const address = (url) => new URL(url, document.baseURI).href.replace(/\/?([?#].*)?$/, "");
  const intake = address(script.src).replace(/\/embed\.js$/, "");
  const quiet = script.dataset.storage === "off";

  const text = (value, length) => String(value || "").trim().slice(0, length);

  const cookie = guarded((name) => {
    const found = document.cookie.split(/; */).find((part) => part.startsWith(name + "="));
    return decodeURIComponent(found.slice(name.length + 1));
  });

  /** Of the page's address: names in any case, the first of repeated ones. */
  const campaign = () => {
    const found = {};
    new URLSearchParams(location.search).forEach((value, name) => {
      const known = name.toLowerCase();
      const said = text(value, 255);
      if (said && CAMPAIGN.includes(known) && !found[known]) found[known] = said;
    });
    return found;
  };

  const recall = () => {
    const stored = guarded(() => localStorage.getItem(STORE))() || cookie(STORE);
    const touches = guarded(JSON.parse)(stored) || {};
    const fresh = (touch) => (touch && Date.now() - touch.at < KEEP_MS ? touch : null);
    return { first: fresh(touches.first), last: fresh(touches.last), seen: touches.seen || 0 };
  };

  const remember = (touches) => {
    const kept = JSON.stringify(touches);
    try {
      localStorage.setItem(STORE, kept);
    } catch (error) {
      const rules = `path=/; max-age=${KEEP_MS / 1000}; SameSite=Lax`;
      document.cookie = `${STORE}=${encodeURIComponent(kept)}; ${rules}`;
    }
  };

  const now = {
    at: Date.now(),
    landing_url: text(location.href, 1000),
    referrer: text(document.referrer, 1000),
    campaign: campaign(),
  };

  /** A campaign is the new last touch, another site outside a session too, a direct visit never. */
  const touched = () => {
    const { first, last, seen } = recall();
    const another = now.referrer && new URL(now.referrer).host !== location.host;
    const counts =
      !last || Object.keys(now.campaign).length || (another && now.at - seen > SESSION_MS);
    const touches = { first: first || now, last: counts ? now : last, seen: now.at };
    guarded(remember)(touches);
    return touches;
  };

  const touches = (!quiet && guarded(touched)()) || { first: now, last: now };

  const told = ({ at, landing_url, referrer, campaign }) =>
    JSON.stringify(
      Object.assign({ at: new Date(at).toISOString(), landing_url, referrer }, campaign),
    );

  const context = () => {
    const { first, last } = touches;
    const found = {
      page_url: text(location.href, 2000),
      page_title: text(document.title, 255),
      referrer: last.referrer,
      landing_url: last.landing_url,
      first_touch: told(first),
      last_touch: told(last),
    };
    const current = campaign();
    Object.assign(found, Object.keys(current).length ? current : last.campaign);
    for (const name of quiet ? [] : Object.keys(COOKIES)) {
      const match = COOKIES[name].exec(cookie(name) || "");
      if (match) found[name] = text(match[0], 255);
    }
    return found;
  };

  let nonces = new WeakMap();

  const nonce = (form) => {
    if (!nonces.has(form)) {
      nonces.set(form, Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-"));
    }
    return nonces.get(form);
  };

  /** Attributes are read, since an input named "action" hides the property. */
  const isOurs = (form, button) => {
    const own = button && button.getAttribute("formaction");
    return address(own || form.getAttribute("action") || "") === intake;
  };

  /** Our names begin with _fw_, so that they never meet a page's own inputs. */
  const additions = (form) => {
    const found = Object.assign(context(), { nonce: nonce(form) });
    return Object.keys(found).filter((name) => found[name]).map((name) => ["_fw_" + name, found[name]]);
  };

  const clear = (root) =>
    root.querySelectorAll("input[data-formwire]").forEach((input) => input.remove());

  const onSubmit = ({ target: form, submitter }) => {
    if (!isOurs(form, submitter)) return;
    clear(form);
    for (const [name, value] of additions(form)) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value }).dataset.formwire = "";
      form.appendChild(input);
    }
  };

  /** form.submit() and new FormData(form) in a page's own script come without a submit event. */
  const onFormData = ({ target: form, formData }) => {
    if (formData.has("_fw_nonce") || !isOurs(form)) return;
    for (const [name, value] of additions(form)) formData.set(name, value);
  };

  /** A page brought back from the cache may be sent again in earnest. */
  const onPageShow = (event) => {
    if (!event.persisted) return;
    nonces = new WeakMap();
    clear(document);
  };

  document.addEventListener("submit", guarded(onSubmit), true);
  document.addEventListener("formdata", guarded(onFormData), true);
  window.addEventListener("pageshow", guarded(onPageShow));
})();
