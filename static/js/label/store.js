// What a person did and the server does not know yet, kept in the browser: one database a person.

const MESSAGES = "messages"; // in the order in which they were written
const PROBLEMS = "problems"; // what the server would not do, until the person has seen to it

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const written = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

export class Store {
  lasting = true;
  #database;

  static async open(person) {
    const request = indexedDB.open(`attrx-label-${person}`, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(MESSAGES, { keyPath: "seq", autoIncrement: true });
      request.result.createObjectStore(PROBLEMS, { keyPath: "key" });
    };
    const store = new Store();
    store.#database = await done(request);
    return store;
  }

  async add(messages) {
    const transaction = this.#database.transaction(MESSAGES, "readwrite");
    messages.forEach((message) => transaction.objectStore(MESSAGES).add(message));
    await written(transaction);
  }

  messages() {
    return done(this.#database.transaction(MESSAGES).objectStore(MESSAGES).getAll());
  }

  problems() {
    return done(this.#database.transaction(PROBLEMS).objectStore(PROBLEMS).getAll());
  }

  // In one transaction: these messages are done with, and these problems arose.
  async settle(messages, problems) {
    const transaction = this.#database.transaction([MESSAGES, PROBLEMS], "readwrite");
    messages.forEach((message) => transaction.objectStore(MESSAGES).delete(message.seq));
    problems.forEach((problem) => transaction.objectStore(PROBLEMS).put(problem));
    await written(transaction);
  }

  async forget(key) {
    const transaction = this.#database.transaction(PROBLEMS, "readwrite");
    transaction.objectStore(PROBLEMS).delete(key);
    await written(transaction);
  }
}

// Where the browser keeps nothing: as long as the page is open.
export class Memory {
  lasting = false;
  #messages = [];
  #problems = new Map();
  #last = 0;

  async add(messages) {
    this.#messages.push(...messages.map((message) => ({ ...message, seq: ++this.#last })));
  }

  async messages() {
    return [...this.#messages];
  }

  async problems() {
    return [...this.#problems.values()];
  }

  async settle(messages, problems) {
    const gone = new Set(messages.map((message) => message.seq));
    this.#messages = this.#messages.filter((message) => !gone.has(message.seq));
    problems.forEach((problem) => this.#problems.set(problem.key, problem));
  }

  async forget(key) {
    this.#problems.delete(key);
  }
}
