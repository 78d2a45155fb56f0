// @ts-check

/** What scripts add to every page: times in the reader's zone, and buttons that copy a hash. */

import { copyButtons } from "./copy.js";
import { localTimes } from "./times.js";

localTimes(document);
copyButtons(document);
