/**
 * Akka HTTP's server layer on our transport. The only package that may touch {@code
 * akka.http.impl}, and it does so for one thing: {@code UpgradeToOtherProtocolResponseHeader}, since
 * the public WebSocket API ends the WebSocket here instead of handing its bytes through.
 */
@NullMarked
package dev.limpet.proxy.akkahttp;

import org.jspecify.annotations.NullMarked;
