// A public client in the browser, by oidc-client-ts as its documentation says. Nothing here knows more of the provider than its issuer.
const show = (id, value) => { document.getElementById(id).textContent = value ? JSON.stringify(value) : ''; };

async function manager() {
  const settings = await (await fetch('/settings.json')).json();
  return new oidc.UserManager({
    authority: settings.authority,
    client_id: settings.client_id,
    redirect_uri: `${location.origin}/callback`,
    silent_redirect_uri: `${location.origin}/silent`,
    post_logout_redirect_uri: `${location.origin}/bye`,
    // With offline_access the library renews by its refresh token, without it by a hidden frame and prompt=none.
    scope: sessionStorage.getItem('offline') ? 'openid profile email offline_access' : 'openid profile email',
    loadUserInfo: true,
    monitorSession: settings.monitor_session,
    revokeTokensOnSignout: true,
    userStore: new oidc.WebStorageStateStore({ store: sessionStorage }),
  });
}

async function start() {
  if (location.pathname === '/silent') return (await manager()).signinSilentCallback();
  const users = await manager();
  const showUser = async () => {
    const user = await users.getUser();
    show('user', user && { access_token: user.access_token, has_refresh_token: !!user.refresh_token, session_state: user.session_state, profile: user.profile });
  };
  const attempt = async what => {
    show('error', null);
    try { await what(); } catch (error) { show('error', { error: error.error ?? error.message }); }
    await showUser();
  };
  const onClick = (id, what) => document.getElementById(id).addEventListener('click', () => attempt(what));

  users.events.addUserSignedOut(() => show('error', { error: 'signed out elsewhere' }));
  onClick('sign-in', async () => { sessionStorage.removeItem('offline'); await (await manager()).signinRedirect(); });
  onClick('sign-in-offline', async () => { sessionStorage.setItem('offline', '1'); await (await manager()).signinRedirect(); });
  onClick('renew', () => users.signinSilent());
  onClick('revoke', () => users.revokeTokens());
  onClick('sign-out', () => users.signoutRedirect());

  if (location.pathname === '/callback') await attempt(async () => { await users.signinRedirectCallback(); history.replaceState(null, '', '/'); });
  else if (location.pathname === '/bye') await attempt(async () => { await users.signoutRedirectCallback(); await users.removeUser(); });
  else await showUser();
  document.body.dataset.ready = 'yes';
}

start();
