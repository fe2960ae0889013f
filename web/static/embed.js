/* Formwire: tells where a form's visitor came from and how long the form was in sight, makes double
   clicks one submission, and does the work that a form may ask for as a proof against spam (ALTCHA).
   Put it on every page of the site. With data-storage="off" it keeps nothing and reads no cookie. */
(() => {
  "use strict";

  const KEEP_MS = 180 * 24 * 3600 * 1000;
  const SESSION_MS = 30 * 60 * 1000;
  const PROOF_MS = 60 * 60 * 1000;
  const PATIENCE_MS = 15 * 1000;
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

  const ask = (path) =>
    fetch(intake + path, { credentials: "omit", cache: "no-store" }).then((answer) =>
      answer.ok ? answer.json() : Promise.reject(answer.status),
    );

  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) =>
    Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /** Tries counters until the key derived from one begins as asked. The browser derives it aside. */
  const solve = async (challenge) => {
    const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
    for (let counter = 0; ; counter += 1) {
      const secret = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
      new DataView(secret.buffer).setUint32(secret.length - 4, counter);
      const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
      const derivedKey = hex(await crypto.subtle.deriveBits(how, key, keyLength * 8));
      if (derivedKey.startsWith(keyPrefix)) {
        return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
      }
    }
  };

  let begun = false; // whether the intake was asked when it is
  let time = ""; // its signed answer
  let demanded = false; // whether the form must bring a proof of work
  let proof = { text: "", at: 0, used: false };
  let working = null;

  const prove = () => {
    const done = (text) => {
      proof = { text, at: Date.now(), used: false };
    };
    const end = () => {
      working = null;
    };
    working = working || ask("/challenge").then(solve).then(done).then(end, end);
    return working;
  };

  const begin = () => {
    if (begun) return;
    begun = true;
    ask("/token").then((told) => {
      ({ time, proof: demanded } = told);
      if (demanded) prove();
    }, () => {});
  };

  const proven = () => proof.text && Date.now() - proof.at < PROOF_MS;

  /** A proof counts once. A page that stays, and may send its form again, gets another. */
  const spend = () => {
    if (!proof.used) setTimeout(prove, PATIENCE_MS);
    proof.used = true;
    return proof.text;
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
    const found = Object.assign(context(), { nonce: nonce(form), time });
    if (demanded && proven()) found.proof = spend();
    return Object.keys(found).filter((name) => found[name]).map((name) => ["_fw_" + name, found[name]]);
  };

  const clear = (root) =>
    root.querySelectorAll("input[data-formwire]").forEach((input) => input.remove());

  const waiting = new WeakSet();
  let sending = null;

  /** Keeps the form until its proof is there, and no longer than a visitor's patience. */
  const holdBack = (event) => {
    const { target: form, submitter } = event;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waiting.has(form)) return;
    waiting.add(form);
    const send = (button) => HTMLFormElement.prototype.requestSubmit.call(form, button);
    const enough = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    Promise.race([prove(), enough]).then(() => {
      waiting.delete(form);
      sending = form;
      try {
        send(submitter);
      } catch (error) {
        send(); // the button is gone
      } finally {
        sending = null;
      }
    });
  };

  const onSubmit = (event) => {
    const { target: form, submitter } = event;
    if (!isOurs(form, submitter)) return;
    if (demanded && (!proven() || proof.used) && form !== sending) {
      holdBack(event);
      return;
    }
    clear(form);
    for (const [name, value] of additions(form)) {
      if (form.querySelector(`input[name="${name}"]`)) continue; // the page itself knows better
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value }).dataset.formwire = "";
      form.appendChild(input);
    }
  };

  /** form.submit() and new FormData(form) in a page's own script come without a submit event. */
  const onFormData = ({ target: form, formData }) => {
    if (formData.has("_fw_nonce") || !isOurs(form)) return;
    for (const [name, value] of additions(form)) {
      if (!formData.has(name)) formData.set(name, value);
    }
  };

  /** A page brought back from the cache may be sent again in earnest. */
  const onPageShow = (event) => {
    if (!event.persisted) return;
    nonces = new WeakMap();
    clear(document);
    begun = false;
    look();
  };

  const look = guarded(() => {
    if (Array.from(document.forms).some((form) => isOurs(form))) begin();
  });

  const onFocus = ({ target }) => {
    if (target.form && isOurs(target.form)) begin();
  };

  document.addEventListener("submit", guarded(onSubmit), true);
  document.addEventListener("formdata", guarded(onFormData), true);
  document.addEventListener("focusin", guarded(onFocus));
  document.addEventListener("DOMContentLoaded", look);
  look();
  window.addEventListener("pageshow", guarded(onPageShow));
})();
