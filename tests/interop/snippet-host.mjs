// An Express program as a newcomer has it, with the console's snippet pasted as it is.
// Environment: SNIPPET, PORT, CLIENT_SECRET, COOKIE_SECRET.
import express from 'express';
import openidConnect from 'express-openid-connect';

const app = express();
new Function('app', 'auth', 'process', process.env.SNIPPET)(app, openidConnect.auth, process);
app.get('/', (request, response) => response.json(request.oidc.idTokenClaims));
app.listen(Number(process.env.PORT), 'localhost', () => console.log('ready'));
