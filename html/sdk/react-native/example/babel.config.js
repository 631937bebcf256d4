// SPDX-License-Identifier: MIT
module.exports = { presets: ['module:@react-native/babel-preset'] };
