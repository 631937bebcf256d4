/**
 * Names of labels: what to say politely, and what to say at once (failures); null: nothing.
 * @returns {{status: import('janus-recroom').RecordingStatus, said: keyof Labels | null, alert: keyof Labels | null}}
 */
export function useAnnouncement(): {
    status: import("janus-recroom").RecordingStatus;
    said: keyof Labels | null;
    alert: keyof Labels | null;
};
export type Labels = import("./labels.js").Labels;
