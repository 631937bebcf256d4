/** A shape for each state, so that colour is not all there is. @param {{status: string}} props */
export function StatusShape({ status }: {
    status: string;
}): import("react").ReactSVGElement;
/** @param {{percent: number | null, label: string}} props */
export function Progress({ percent, label }: {
    percent: number | null;
    label: string;
}): import("react").DetailedReactHTMLElement<{
    className: string;
    role: "progressbar";
    'aria-label': string;
    'aria-valuemin': number;
    'aria-valuemax': number;
    'aria-valuenow': number;
}, HTMLElement> | null;
export function classes(...names: (string | false | null | undefined)[]): string;
