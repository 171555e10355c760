/** Which route a request takes, and what that makes of it. */
@NullMarked
package dev.limpet.proxy.routes;

import org.jspecify.annotations.NullMarked;
