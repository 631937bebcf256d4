/** @param {{onAnswer?: (agreed: boolean) => void, className?: string}} props */
export function ConsentDialog({ onAnswer, className }: {
    onAnswer?: (agreed: boolean) => void;
    className?: string;
}): import("react").DetailedReactHTMLElement<{
    ref: import("react").RefObject<any>;
    className: string;
    'aria-labelledby': string;
    'aria-describedby': string;
}, any> | null;
