// SPDX-License-Identifier: MIT
export default { base: './', esbuild: { jsx: 'automatic' }, build: { emptyOutDir: true } };
