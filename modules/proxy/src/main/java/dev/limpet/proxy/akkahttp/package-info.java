/**
 * Akka HTTP's server layers on our transport. The only package that may touch {@code
 * akka.http.impl}: {@link dev.limpet.proxy.akkahttp.Http1Layer} and {@link
 * dev.limpet.proxy.akkahttp.Http2Layer} say what for.
 */
@NullMarked
package dev.limpet.proxy.akkahttp;

import org.jspecify.annotations.NullMarked;
