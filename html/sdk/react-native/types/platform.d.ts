/**
 * @param {AdapterOptions} [options]
 * @returns {Adapter}
 */
export function adapterOf({ storage, netInfo, audioFocus, service }?: AdapterOptions): Adapter;
/**
 * inactive: for a moment, as under a system dialog
 */
export type ActivityState = "active" | "inactive" | "background";
/**
 * denied: may be asked again; blocked: only the settings can change it
 */
export type PermissionState = "prompt" | "granted" | "denied" | "blocked";
export type PermissionName = "camera" | "microphone";
/**
 * lost: a call, or another application, has the microphone
 */
export type AudioFocus = "lost" | "gained";
export type ServiceType = "camera" | "microphone" | "mediaProjection";
/**
 * ends what was begun
 */
export type End = () => void;
/**
 * as `@react-native-async-storage/async-storage`; Expo's SecureStore under other names
 */
export type AsyncStorage = {
    getItem: (key: string) => Promise<string | null>;
    setItem: (key: string, value: string) => Promise<unknown>;
    removeItem: (key: string) => Promise<unknown>;
};
/**
 * as `@react-native-community/netinfo`
 */
export type NetInfo = {
    addEventListener: (listener: (state: {
        isConnected: boolean | null;
        type: string;
    }) => void) => End;
};
/**
 * what keeps the process alive while it is in the background: on Android a foreground service
 */
export type CallService = {
    /**
     * again with other types when they change
     */
    start: (types: ServiceType[]) => unknown;
    stop: () => unknown;
};
/**
 * none of it is needed
 */
export type AdapterOptions = {
    /**
     * who we are in a call, over the end of the process; encrypted, if you can
     */
    storage?: AsyncStorage | undefined;
    netInfo?: NetInfo | undefined;
    /**
     * calls the listener when another application takes the sound, and gives it back
     */
    audioFocus?: ((listener: (focus: AudioFocus) => void) => End) | undefined;
    service?: CallService | undefined;
};
export type Adapter = {
    RTCPeerConnection: any;
    MediaStream: any;
    mediaDevices: any;
    activity: () => ActivityState;
    onActivity: (listener: (activity: ActivityState) => void) => End;
    checkPermission: (name: PermissionName) => Promise<PermissionState>;
    askPermission: (name: PermissionName) => Promise<PermissionState>;
    openSettings: () => Promise<unknown>;
    onNetwork: NetInfo["addEventListener"] | null;
    onAudioFocus: ((listener: (focus: AudioFocus) => void) => End) | null;
    storage: AsyncStorage | null;
    service: CallService | null;
};
import { MediaStream } from 'react-native-webrtc';
import { registerGlobals } from 'react-native-webrtc';
import { RTCView } from 'react-native-webrtc';
export { MediaStream, registerGlobals, RTCView };
