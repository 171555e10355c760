@NullMarked
package dev.limpet.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
