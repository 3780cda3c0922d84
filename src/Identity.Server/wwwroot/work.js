// Finds a number whose SHA-256 with the challenge starts with enough zero bits. Written out (FIPS 180-4), for crypto.subtle pays more for the call than for the hash.
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every(p => n % p)) primes.push(n);
const fraction = root => ((root - Math.floor(root)) * 0x100000000) | 0;
const K = Int32Array.from(primes, p => fraction(Math.cbrt(p)));
const start = Int32Array.from(primes.slice(0, 8), p => fraction(Math.sqrt(p)));
const W = new Int32Array(64);
const H = new Int32Array(8);
const rotate = (x, n) => (x >>> n) | (x << (32 - n));

const hash = text => {
  const blocks = (text.length + 8 >> 6) + 1;
  H.set(start);
  for (let b = 0; b < blocks; b++) {
    for (let i = 0; i < 16; i++) {
      let word = 0;
      for (let j = 0; j < 4; j++) {
        const at = b * 64 + i * 4 + j;
        word = (word << 8) | (at < text.length ? text.charCodeAt(at) : at === text.length ? 0x80 : 0);
      }
      W[i] = word;
    }
    if (b === blocks - 1) W[15] = text.length * 8;
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15], y = W[i - 2];
      W[i] = (W[i - 16] + W[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10))) | 0;
    }
    let [a, b1, c, d, e, f, g, h] = H;
    for (let i = 0; i < 64; i++) {
      const t = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const u = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b1) ^ (a & c) ^ (b1 & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b1; b1 = a; a = (t + u) | 0;
    }
    const sum = [a, b1, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) H[i] = (H[i] + sum[i]) | 0;
  }
  return Math.clz32(H[0]);
};

onmessage = ({ data: [challenge, bits] }) => {
  for (let n = 0; ; n++) {
    if (hash(`${challenge}.${n}`) >= bits) {
      postMessage(n);
      return;
    }
  }
};
