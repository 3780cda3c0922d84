# A relying party by Authlib, as Debian ships it, with no special case.
# Environment: ISSUER, CLIENT_ID, CLIENT_SECRET, SERVICE_ID, SERVICE_KEY, REDIRECT_URI, EMAIL, PASSWORD.
import os
import time
import traceback
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from requests.cookies import RequestsCookieJar

env = os.environ
metadata = requests.get(env['ISSUER'].rstrip('/') + '/.well-known/openid-configuration', timeout=30).json()
done = []


class Forms(HTMLParser):
    """The forms of a page: where each goes, and its fields."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == 'form':
            self.forms.append((values.get('action') or '', []))
        elif tag == 'input' and self.forms:
            self.forms[-1][1].append(values)


class LocalCookies(RequestsCookieJar):
    """A browser takes http://localhost for secure (Secure Contexts 3.1); requests does not."""

    def set_cookie(self, cookie, *arguments, **options):
        cookie.secure = False
        return super().set_cookie(cookie, *arguments, **options)


def sign_in(url):
    """Signs in at the page and comes back to the address of the client."""
    browser = requests.Session()
    browser.cookies = LocalCookies()
    browser.headers['Accept'] = 'text/html'
    page = browser.get(url, timeout=30)
    for action, fields in Forms(page.text).forms:
        if any(field.get('autocomplete') == 'current-password' for field in fields):
            form = {field['name']: field.get('value') or '' for field in fields if field.get('name')}
            for field in fields:
                if 'username' in (field.get('autocomplete') or ''):
                    form[field['name']] = env['EMAIL']
                elif field.get('autocomplete') == 'current-password':
                    form[field['name']] = env['PASSWORD']
            answer = browser.post(urljoin(page.url, action), data=form, timeout=30, allow_redirects=False)
            while not answer.headers.get('Location', env['REDIRECT_URI']).startswith(env['REDIRECT_URI']):
                answer = browser.get(urljoin(answer.url, answer.headers['Location']), timeout=30, allow_redirects=False)
            return answer.headers['Location']
    raise AssertionError('no sign-in form at ' + page.url)


def session(**more):
    return OAuth2Session(
        env['CLIENT_ID'], env['CLIENT_SECRET'], scope='openid profile email offline_access',
        redirect_uri=env['REDIRECT_URI'], code_challenge_method='S256', **more)


def tokens(client, nonce):
    verifier = generate_token(48)
    url, _ = client.create_authorization_url(metadata['authorization_endpoint'], code_verifier=verifier, nonce=nonce)
    return client.fetch_token(
        metadata['token_endpoint'], authorization_response=sign_in(url), code_verifier=verifier)


def code_flow():
    nonce = generate_token(20)
    client = session()
    token = tokens(client, nonce)
    keys = JsonWebKey.import_key_set(requests.get(metadata['jwks_uri'], timeout=30).json())
    claims = jwt.decode(
        token['id_token'], keys, claims_cls=CodeIDToken,
        claims_options={'iss': {'value': env['ISSUER']}, 'aud': {'value': env['CLIENT_ID']}},
        claims_params={'nonce': nonce, 'client_id': env['CLIENT_ID'], 'access_token': token['access_token']})
    claims.validate(now=int(time.time()), leeway=10)
    info = client.get(metadata['userinfo_endpoint']).json()
    assert info['sub'] == claims['sub']
    assert info['email'] == env['EMAIL']


def refresh_and_revoke():
    client = session()
    first = tokens(client, generate_token(20))
    second = client.refresh_token(metadata['token_endpoint'], refresh_token=first['refresh_token'])
    assert second['refresh_token'] != first['refresh_token']
    state = client.introspect_token(metadata['introspection_endpoint'], token=second['access_token']).json()
    assert state['active'] is True
    assert client.revoke_token(metadata['revocation_endpoint'], token=second['refresh_token']).status_code == 200
    state = client.introspect_token(metadata['introspection_endpoint'], token=second['refresh_token']).json()
    assert state == {'active': False}


def private_key_jwt():
    client = OAuth2Session(env['SERVICE_ID'], env['SERVICE_KEY'], scope='api', token_endpoint_auth_method='private_key_jwt')
    client.register_client_auth_method(PrivateKeyJWT(metadata['token_endpoint'], headers={'kid': 'service'}, alg='ES256'))
    token = client.fetch_token(metadata['token_endpoint'], grant_type='client_credentials')
    assert token['token_type'].lower() == 'bearer'


def test(name, check):
    try:
        check()
        done.append(f'ok {len(done) + 1} - {name}')
    except Exception:
        done.append(f'not ok {len(done) + 1} - {name}\n' + traceback.format_exc())


test('code flow with PKCE, a validated ID token and userinfo', code_flow)
test('refresh, introspection and revocation', refresh_and_revoke)
test('client credentials by private_key_jwt', private_key_jwt)
print('\n'.join(done))
