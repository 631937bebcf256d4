/** The claims of a token, unverified; {} of what is none. @param {string | null | undefined} token @returns {Record<string, any>} */
export function claimsOf(token: string | null | undefined): Record<string, any>;
/**
 * The table of docs/api.md, Tokens.
 * @param {'host' | 'guest'} role
 * @param {string | null | undefined} token
 * @returns {Permissions}
 */
export function permissionsOf(role: "host" | "guest", token: string | null | undefined): Permissions;
export type Permissions = {
    isHost: boolean;
    canRecord: boolean;
    canDelete: boolean;
    /**
     * admit, deny, kick, mute, lock, end
     */
    canAdmit: boolean;
    canDownload: boolean;
    canPublish: boolean;
    canSubscribe: boolean;
};
