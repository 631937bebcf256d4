/** @param {{className?: string}} props */
export function Lobby({ className }: {
    className?: string;
}): import("react").DetailedReactHTMLElement<{
    className: string;
    role: "status";
    'data-rr-waiting': "host" | "lobby" | null;
}, HTMLElement> | import("react").DetailedReactHTMLElement<{
    className: string;
    'aria-label': string;
}, HTMLElement> | null;
