/**
 * @template {Record<string, any>} Map
 */
export class Emitter<Map extends Record<string, any>> {
    /**
     * Calls `listener` with each event of this name; gives the function that ends it.
     * @template {keyof Map} Name
     * @param {Name} name
     * @param {(detail: Map[Name]) => void} listener
     * @returns {() => void}
     */
    on<Name extends keyof Map>(name: Name, listener: (detail: Map[Name]) => void): () => void;
    /**
     * @template {keyof Map} Name
     * @param {Name} name
     * @param {(detail: Map[Name]) => void} listener
     * @returns {() => void}
     */
    once<Name extends keyof Map>(name: Name, listener: (detail: Map[Name]) => void): () => void;
    /**
     * @template {keyof Map} Name
     * @param {Name} name
     * @param {(detail: Map[Name]) => void} listener
     */
    off<Name extends keyof Map>(name: Name, listener: (detail: Map[Name]) => void): void;
    /**
     * A listener that throws stops neither the others nor us; its error shows as an unhandled rejection.
     * @template {keyof Map} Name
     * @param {Name} name
     * @param {Map[Name]} detail
     */
    emit<Name extends keyof Map>(name: Name, detail: Map[Name]): void;
    /** Forgets all listeners. */
    clear(): void;
    #private;
}
