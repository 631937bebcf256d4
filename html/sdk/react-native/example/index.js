// SPDX-License-Identifier: MIT
import { registerGlobals } from 'janus-recroom-react-native';
import { AppRegistry } from 'react-native';

import App from './App';

registerGlobals();      // WebRTC under its names on the web, for other libraries; this one needs none of them
AppRegistry.registerComponent('call', () => App);
