// SPDX-License-Identifier: MIT
// The packages from this checkout, and everything that they need from here: an application of yours, which has installed them, needs nothing but getDefaultConfig.

const { resolve } = require('node:path');

const { getDefaultConfig, mergeConfig } = require('@react-native/metro-config');

const own = resolve(__dirname, 'node_modules');
const packages = { 'janus-recroom': resolve(__dirname, '../../core'), 'janus-recroom-react': resolve(__dirname, '../../react'), 'janus-recroom-react-native': resolve(__dirname, '..') };

module.exports = mergeConfig(getDefaultConfig(__dirname), {
	watchFolders: Object.values(packages),
	resolver: { extraNodeModules: packages, nodeModulesPaths: [own] },
});
