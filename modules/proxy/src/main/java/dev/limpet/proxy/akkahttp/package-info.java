/**
 * Akka HTTP's server layer on our transport. The only package that may touch {@code
 * akka.http.impl}.
 */
@NullMarked
package dev.limpet.proxy.akkahttp;

import org.jspecify.annotations.NullMarked;
