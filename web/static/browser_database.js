/** What a browser keeps for us across reloads and crashes: a database of IndexedDB. */

export class BrowserDatabase {
  /**
   * @param {string} name
   * @param {number} version
   * @param {(database: IDBDatabase) => void} create makes its stores
   */
  constructor(name, version, create) {
    this.name = name;
    this.version = version;
    this.create = create;
    /** @type {Promise<IDBDatabase> | null} */
    this.opening = null;
  }

  /**
   * One transaction; resolves with the result of the request that `work` returns, once all of it is
   * on the disk. Rejects where the browser keeps nothing (some private windows) or has no room left.
   * @param {string[]} stores
   * @param {IDBTransactionMode} mode
   * @param {IDBTransactionDurability} durability
   * @param {(...stores: any[]) => IDBRequest} work gets the object stores, in the order of `stores`
   * @returns {Promise<any>}
   */
  async transact(stores, mode, durability, work) {
    const begin = async () => (await this.open()).transaction(stores, mode, { durability });
    let transaction;
    try {
      transaction = await begin();
    } catch (error) {
      // Safari closes the connection of a page that slept for long; a new one works.
      if (/** @type {any} */ (error)?.name !== "InvalidStateError") throw error;
      this.opening = null;
      transaction = await begin();
    }
    return this.run(transaction, stores, work);
  }

  /**
   * @param {IDBTransaction} transaction
   * @param {string[]} stores
   * @param {(...stores: any[]) => IDBRequest} work
   */
  run(transaction, stores, work) {
    return new Promise((resolve, reject) => {
      const request = work(...stores.map((store) => transaction.objectStore(store)));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error || request.error);
    });
  }

  open() {
    if (!this.opening) {
      this.opening = this.connect();
      this.opening.catch(() => (this.opening = null));
    }
    return this.opening;
  }

  /** @returns {Promise<IDBDatabase>} */
  connect() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.name, this.version);
      request.onupgradeneeded = () => this.create(request.result);
      request.onsuccess = () => {
        const database = request.result;
        // A newer page in another tab may want to change the tables.
        database.onversionchange = () => {
          database.close();
          this.opening = null;
        };
        database.onclose = () => (this.opening = null);
        resolve(database);
      };
      request.onerror = () => reject(request.error);
    });
  }
}
