import { TYPE_LENGTH_MAX } from './limits.js';

const TYPE_NAME = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,${TYPE_LENGTH_MAX - 1}}$`);

/** Whether a text can be an event's `type`. No `/`, so that `type/subject` has one reading only. */
export const isTypeName = (text: string): boolean => TYPE_NAME.test(text);
