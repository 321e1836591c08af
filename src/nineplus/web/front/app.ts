// Behaviour of the pages. Every page works without it; this makes it quicker and more comfortable.
import htmx from "htmx.org";

import { copying } from "./copying";
import { downloads } from "./downloads";
import { finding } from "./finding";
import { live } from "./live";
import { popovers } from "./popovers";
import { refilling } from "./refilling";
import { shortcuts } from "./shortcuts";
import { split } from "./split";
import { surveys } from "./surveys";
import { tabs } from "./tabs";
import { theme } from "./theme";
import { upload } from "./upload";
import { whereabouts } from "./whereabouts";

document.documentElement.dataset.scripted = "";
theme();
popovers();
shortcuts();
downloads();
live(htmx);
split(htmx);
upload();
surveys();
copying();
finding();
whereabouts();
tabs();
refilling();
