// The store that tests use keeps the contract of the real one.
import { memoryStore } from "../../support/memory_store.ts";
import { storeContract } from "../../support/store_contract.ts";

storeContract("`memoryStore()`", (use) => use(memoryStore()));
