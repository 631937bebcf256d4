// SPDX-License-Identifier: MIT
import { createRoot } from 'react-dom/client';

import { App } from './App.jsx';
import 'janus-recroom-react/styles.css';

createRoot(document.getElementById('root')).render(<App />);
