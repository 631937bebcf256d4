export namespace PHONE_LABELS {
    let cameraDenied: string;
    let microphoneDenied: string;
    let askAgain: string;
    let openSettings: string;
    let interrupted: string;
    let offline: string;
    let reconnecting: string;
    let microphone: string;
    let camera: string;
    let screen: string;
}
export type Labels = import("janus-recroom-react/hooks").Labels & typeof PHONE_LABELS;
