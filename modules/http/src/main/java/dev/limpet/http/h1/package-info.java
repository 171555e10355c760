/** HTTP/1.1: a strict reader before Akka HTTP's parser, and one request after the other. */
@NullMarked
package dev.limpet.http.h1;

import org.jspecify.annotations.NullMarked;
