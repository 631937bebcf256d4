export class Queue {
    /**
     * Runs `action` when everything before has ended, well or not.
     * @template T
     * @param {() => Promise<T> | T} action
     * @returns {Promise<T>}
     */
    run<T>(action: () => Promise<T> | T): Promise<T>;
    #private;
}
