/**
 * What requests and responses become on their way: routes, header lines, who the client is. Start
 * with {@link dev.limpet.proxy.message.Routing}.
 */
@NullMarked
package dev.limpet.proxy.message;

import org.jspecify.annotations.NullMarked;
