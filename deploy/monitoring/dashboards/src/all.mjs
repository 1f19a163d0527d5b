// all.mjs: every dashboard, by the name of its file.
import { overview } from './overview.mjs';
import { practice } from './practice.mjs';
import { services } from './queries.mjs';
import { security } from './security.mjs';
import { serviceBoard } from './service.mjs';
import { storage } from './storage.mjs';

export const dashboards = {
  overview, ...Object.fromEntries(services.map((service) => [service, serviceBoard(service)])), storage, security, practice,
};
