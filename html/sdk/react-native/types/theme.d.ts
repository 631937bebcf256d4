/** @type {Theme} */
export const LIGHT: Theme;
/** @type {Theme} */
export const DARK: Theme;
export const ThemeContext: import("react").Context<Theme>;
export function useTheme(): Theme;
export type Theme = {
    /**
     * the ground
     */
    surface: string;
    /**
     * of buttons and notices
     */
    raised: string;
    edge: string;
    text: string;
    /**
     * text of less weight
     */
    faint: string;
    /**
     * of the button that leads on
     */
    accent: string;
    onAccent: string;
    /**
     * recording, stop
     */
    red: string;
    onRed: string;
    /**
     * where there is no picture
     */
    face: string;
    onFace: string;
    /**
     * behind a dialog
     */
    shade: string;
    radius: number;
    space: number;
    /**
     * at least so wide and high is what can be pressed
     */
    touch: number;
    textSize: number;
    /**
     * width of a tile that is wanted; more fit side by side, or fewer
     */
    tile: number;
};
