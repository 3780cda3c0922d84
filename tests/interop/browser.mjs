// A person at a browser without JavaScript: follows redirects by hand, keeps cookies, fills the form that is on the page.
// It knows our pages only by what HTML says of them (labels for password managers), so it breaks when a person's tools would.

const unescape = text => text.replaceAll('&#x2B;', '+').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}\\s*=\\s*("([^"]*)"|'([^']*)')`, 'i').exec(tag);
  if (found) return unescape(found[2] ?? found[3]);
  return new RegExp(`\\s${name}(\\s|>|/|$)`, 'i').test(tag) ? '' : undefined;
};

/** The forms of a page: where each goes, and the fields it would send. */
export function formsOf(html, pageUrl) {
  return [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/gi)].map(([form]) => {
    const open = /<form\b[^>]*>/i.exec(form)[0];
    const fields = [...form.matchAll(/<(input|select|textarea|button)\b[^>]*>/gi)].map(([tag, kind]) => ({
      kind: kind.toLowerCase(),
      type: (attribute(tag, 'type') ?? (kind.toLowerCase() === 'button' ? 'submit' : 'text')).toLowerCase(),
      name: attribute(tag, 'name'),
      value: attribute(tag, 'value') ?? '',
      autocomplete: attribute(tag, 'autocomplete'),
      checked: attribute(tag, 'checked') !== undefined,
      action: attribute(tag, 'formaction'),
    }));
    return {
      action: new URL(attribute(open, 'action') || pageUrl, pageUrl).href,
      method: (attribute(open, 'method') ?? 'get').toUpperCase(),
      fields,
      find: autocomplete => fields.find(f => f.autocomplete?.split(' ').includes(autocomplete)),
    };
  });
}

export class Browser {
  #cookies = new Map();

  /** Goes to an address and follows redirects until a page, or until one leads to `stopAt` (a relying party's own address). */
  async open(url, { method = 'GET', body, stopAt } = {}) {
    let headers = { accept: 'text/html' };
    for (let hop = 0; hop < 20; hop++) {
      if (stopAt && url.startsWith(stopAt)) return { url, redirected: true };
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, {
        method, body, redirect: 'manual',
        headers: { ...headers, ...(cookie ? { cookie } : {}), ...(body ? { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin } : {}) },
      });
      for (const line of response.headers.getSetCookie()) {
        const [pair, ...rest] = line.split(';');
        const cut = pair.indexOf('=');
        const gone = rest.some(r => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(r));
        if (gone) this.#cookies.delete(pair.slice(0, cut)); else this.#cookies.set(pair.slice(0, cut), pair.slice(cut + 1));
      }
      if (response.status >= 300 && response.status < 400) {
        url = new URL(response.headers.get('location'), url).href;
        method = 'GET'; body = undefined;
        await response.arrayBuffer();
        continue;
      }
      return { url, status: response.status, headers: response.headers, html: await response.text() };
    }
    throw new Error(`too many redirects, last ${url}`);
  }

  /** Sends a form as it stands, with some fields filled in and one button pressed. */
  async submit(form, values, { button, stopAt } = {}) {
    const body = new URLSearchParams();
    for (const field of form.fields) {
      if (!field.name || field.type === 'submit') continue;
      if ((field.type === 'checkbox' || field.type === 'radio') && !field.checked && !(field.name in values)) continue;
      body.append(field.name, values[field.name] ?? field.value);
    }
    if (button?.name) body.append(button.name, button.value);
    return this.open(button?.action ? new URL(button.action, form.action).href : form.action, { method: form.method, body: body.toString(), stopAt });
  }

  /** Signs in on whatever page asks for a password, agrees when asked for consent, and comes out at the relying party. */
  async signIn(startUrl, { email, password, stopAt }) {
    let page = await this.open(startUrl, { stopAt });
    for (let step = 0; step < 6 && !page.redirected; step++) {
      const forms = formsOf(page.html, page.url);
      const login = forms.find(f => f.find('current-password'));
      const consent = forms.find(f => f.fields.some(x => x.type === 'submit' && /^(allow|accept|yes|grant)$/i.test(x.value)));
      if (login) page = await this.submit(login, { [login.find('username').name]: email, [login.find('current-password').name]: password }, { stopAt });
      else if (consent) page = await this.submit(consent, {}, { button: consent.fields.find(x => x.type === 'submit' && /^(allow|accept|yes|grant)$/i.test(x.value)), stopAt });
      else throw new Error(`nothing to do on ${page.url} (${page.status}):\n${page.html.slice(0, 2000)}`);
    }
    if (!page.redirected) throw new Error(`never came back to ${stopAt}`);
    return new URL(page.url);
  }

  /** Goes to a page that asks something of a person, signs in when that is asked first, and gives the answer. */
  async approve(startUrl, { email, password, answer }) {
    let page = await this.open(startUrl);
    for (let step = 0; step < 6; step++) {
      const forms = formsOf(page.html, page.url);
      const login = forms.find(f => f.find('current-password'));
      const button = f => f.fields.find(x => x.type === 'submit' && x.value === answer);
      const question = forms.find(f => button(f) || f.action.toLowerCase().endsWith(`handler=${answer}`));
      const main = forms.find(f => f.method === 'POST' && !f.action.includes('handler='));
      if (question) return this.submit(question, {}, { button: button(question) });
      if (login) page = await this.submit(login, { [login.find('username').name]: email, [login.find('current-password').name]: password });
      else if (main) page = await this.submit(main, {});
      else throw new Error(`nothing to do on ${page.url} (${page.status}):\n${page.html.slice(0, 2000)}`);
    }
    throw new Error(`never asked, last ${page.url}`);
  }
}
