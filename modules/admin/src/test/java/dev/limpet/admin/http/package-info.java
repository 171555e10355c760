@NullMarked
package dev.limpet.admin.http;

import org.jspecify.annotations.NullMarked;
