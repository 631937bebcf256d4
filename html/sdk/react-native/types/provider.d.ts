/** @param {RecroomProviderProps} props */
export function RecroomProvider({ phone: given, theme, colorScheme, labels, connect, platform, children, ...props }: RecroomProviderProps): import("react").FunctionComponentElement<import("react").ProviderProps<Phone | null>>;
export function createPhone(options?: import("./platform.js").AdapterOptions & import("./phone.js").PhoneOptions): Phone;
export type NativeProps = {
    /**
     * of createPhone; else one that knows neither storage nor network nor interruptions
     */
    phone?: Phone | undefined;
    /**
     * what is to be other than in LIGHT and DARK
     */
    theme?: Partial<import("./theme.js").Theme> | undefined;
    /**
     * auto: as the phone
     */
    colorScheme?: "light" | "auto" | "dark" | undefined;
    labels?: Partial<import("./labels.js").Labels> | undefined;
};
export type RecroomProviderProps = Omit<import("janus-recroom-react/hooks").RecroomProviderProps, "labels"> & NativeProps;
import { Phone } from './phone.js';
