/** TLS on both sides: certificates, names and tickets. */
@NullMarked
package dev.limpet.proxy.tls;

import org.jspecify.annotations.NullMarked;
